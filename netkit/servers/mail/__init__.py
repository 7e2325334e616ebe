"""The mail server: one store of maildrops with four doors, SMTP and POP3, each also with TLS from the first byte."""
