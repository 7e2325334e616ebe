"""Read by pytest for notebooks/ too, so that plain `pytest --nbval notebooks …` compares what a learner sees."""

pytest_plugins = ["tests.notebooks.nbval_as_saved"]
