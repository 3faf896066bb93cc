"""What `digitbench doctor` looks at: each module looks at one thing and yields its findings."""
