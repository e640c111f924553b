"""Reports: what a study found, as tables, figures and one self-contained HTML page; and comparisons of methods."""
