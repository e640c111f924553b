"""Technology nodes: transistor cards, the models fitted to them, and real process kits."""
