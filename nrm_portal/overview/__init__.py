"""The national picture: reads across the apps, publishes through core.publish."""
