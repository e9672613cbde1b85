"""Two files of one person: proposed, agreed to, confirmed, and told apart again."""
