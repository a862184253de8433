"""What stands between the network and the playground: who may connect, what may be sent, and how much of it."""
