"""What the organising team notes on an application: the aggregate of marks and of documents."""
