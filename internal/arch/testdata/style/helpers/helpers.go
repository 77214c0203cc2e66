package helpers // want name
