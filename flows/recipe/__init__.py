"""Recipes: one TOML file that says everything a run needs."""

from flows.recipe.recipe import Recipe as Recipe
