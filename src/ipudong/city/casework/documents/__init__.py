"""Documents of cases: attachments handed in, result papers given out, licences kept."""
