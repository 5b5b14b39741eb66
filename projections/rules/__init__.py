"""The rule packs that come with the program, one TOML file each; `projections.packs` reads them."""
