"""The pages: what `lenet` computes, shown in a browser."""
