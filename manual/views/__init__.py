"""The reader of the manual. Open to everyone who is signed in."""

from manual.views.pages import chapter, contents, search_page, section

__all__ = ["chapter", "contents", "search_page", "section"]
