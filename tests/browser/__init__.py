"""The pages in Chromium: stories, hindrances, what is asked of the network, looks."""
