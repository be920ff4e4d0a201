"""How Python functions run on the local AWS: forked for a quick start, with complete logs and a scaled clock."""
