"""What does anything cost: hardware, people, hosted services, years?"""
