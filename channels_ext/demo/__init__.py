"""The demo account: a furniture shop with seven people and two months of talk behind it. `make run` makes it, and an
administrator removes it with one click (conversations.actions.demo)."""
