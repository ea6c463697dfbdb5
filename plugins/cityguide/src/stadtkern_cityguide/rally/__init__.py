"""The rally: tasks along a tour, whose solutions no visitor can read.

``answers`` turns what editors write into accepted answers, the same way as the script in the
browser turns what visitors type; ``sealing`` hashes them; ``schemas`` is the editors' form;
``showing`` what the page gets.
"""
