"""A recorded iteration as one HTML file that needs no server: the walk, the maps, the graph and the gradients."""
