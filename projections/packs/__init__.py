"""Rule packs: what rules and figures said from when to when, with sources. Data, never code."""
