"""What the tests share: projects to build, what builds them, and what is known without a build."""
