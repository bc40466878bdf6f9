import pytest
from handmade import fill


@pytest.fixture
def small(lake):
    return fill(lake)
