"""Who an article is from: its outlet, the owner of that, the agency it credits, whom it copies."""
