"""Cloud Kotta: jobs by form fields, files by signed addresses."""
