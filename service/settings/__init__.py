"""Every setting: its model, where its value came from, who asks."""
