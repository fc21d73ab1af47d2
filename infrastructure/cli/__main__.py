"""`python -m infrastructure.cli` is `travellr`."""

from infrastructure.cli import main

if __name__ == "__main__":
    main()
