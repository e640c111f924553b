"""ngspice as a program: decks, processes that outlive no one, and what its answers mean."""
