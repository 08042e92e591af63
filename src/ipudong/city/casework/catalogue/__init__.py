"""The service catalogue (政务服务事项目录): what the government does for people, and how."""
