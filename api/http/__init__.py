"""What every route shares: who is asking, problem documents, guards, versions and repeats."""
