"""What registration says of fairs: their days and hours, their poles, and which are called off."""
