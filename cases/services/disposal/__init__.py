"""How long cases are kept, and how they go for ever: schedules, holds, batches, the erasing, and replay."""
