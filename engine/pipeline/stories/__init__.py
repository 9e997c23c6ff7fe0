"""Articles into stories that keep their ids, and what people say of them."""
