# SPDX-License-Identifier: BSD-3-Clause
#
# The parts of bench/compare: server.py runs a server and reads its figures, load.py makes load, each *_rows.py holds the
# rows of one table, table.py prints, main.py puts them together. A row takes a Bench (main.py) and gives a result;
# nothing is kept between rows but what the servers hold.
