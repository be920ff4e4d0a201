"""What Lambda's runtime has and ministack's local one lacks: a quick start, logs at INFO, none late, a scaled clock."""
