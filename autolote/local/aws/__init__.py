"""What moto's server lacks of AWS, one module per service, each put in place by its `install`."""
