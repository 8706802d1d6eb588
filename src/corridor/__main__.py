"""`python -m corridor`: the command line."""

from corridor.start import main

if __name__ == "__main__":
    main()
