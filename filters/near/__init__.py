"""Near duplicates: which texts resemble which, and how much.

    examine(Store(folder, settings.hashes), Settings(threshold=0.8), read, new, examined) -> edges

From text to edges: characters -> words -> shingles -> sketches (kept in a store) -> buckets -> exact similarity. All of
it works on blocks of Arrow text with numpy; where the text comes from is the caller's business.
"""

from filters.near.exact import Read
from filters.near.resemblance import EDGES, EXAMINED, examine
from filters.near.sketch import VERSION, Settings
from filters.near.store import Store

__all__ = ["EDGES", "EXAMINED", "VERSION", "Read", "Settings", "Store", "examine"]
