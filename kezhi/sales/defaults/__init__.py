"""What sales ships as rows an administrator then owns."""
