"""Tests: unit (no I/O), integration (each adapter on the real thing), acceptance (journeys), chaos (faults)."""
