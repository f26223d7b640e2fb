"""A checker after Jepsen's Kafka workload: clients that write and read unique values while everything around them fails,
the history of what they were told, and a search of that history for what Kafka promises never happens.

    build/venv-kafka/bin/python -m kafka_checker --seconds 120 --seed 7 --seeds 30    (in tests/)

history.py   what clients write down, and how it is read
clients.py   the client processes; reader.py: their consumers
proxy.py     the network between them and the server
workload.py  one seeded run: server, clients, faults, the end; view.py: what is read then
checker.py   what may not be: each anomaly by its name; facts.py: what it asks of a history
"""
