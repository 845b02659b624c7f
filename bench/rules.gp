# SPDX-License-Identifier: Apache-2.0
# Cost of one origin check against the number of rules. scripts/bench draws docs/plots with it:
#   gnuplot -e "rules='regex'; input='build/bench/plots/regex.dat'; output='docs/plots/regex.svg'" bench/rules.gp
set terminal svg size 720,440 font "sans-serif,12"
set output output
set title sprintf("One origin check, %s rules, allowed origins, hot", rules)
set logscale xy
set xlabel "rules in the list"
set ylabel "nanoseconds"
set xrange [0.8:1300]
set format x "%.0f"
set grid
set key outside right
set datafile missing "nan"
plot input using 1:2 with linespoints lw 3 title "Corsac", \
     input using 1:3 with linespoints lw 2 title "Corsac, Hyperscan forced", \
     input using 1:4 with linespoints title "Envoy's algorithm (RE2)", \
     input using 1:5 with linespoints title "PCRE2 JIT, linear", \
     input using 1:6 with linespoints title "RE2::Set", \
     input using 1:7 with linespoints title "one Hyperscan database", \
     input using 1:8 with linespoints title "map, then PCRE2"
