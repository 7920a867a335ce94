"""A small server for one reader's own pages: who may ask, what is asked, and how it is answered."""
