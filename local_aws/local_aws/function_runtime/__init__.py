"""What Lambda's runtime has and ministack's local one lacks: logs at INFO, none of them late, and a scaled clock."""
