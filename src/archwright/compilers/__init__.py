"""Compilers: what runs where and when. So far `scheduling`: task graphs on machines."""
