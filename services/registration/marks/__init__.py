"""The marks that the organising team gives applications, by criterion."""
