"""The lake: tables that everything is kept in, and what keeps them fit."""

from warehouse.lake.lake import Lake as Lake
