// SPDX-License-Identifier: Apache-2.0
// The C++ side of shim.h: registers, runs with interleaved repetitions, remembers every figure.
#include "shim.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <map>
#include <string>
#include <vector>

struct bench_state {
    benchmark::State *state;
    uint64_t items;
};

namespace
{

std::map<std::string, std::vector<double>> figures;
bool any_benchmark;

class Recorder : public benchmark::ConsoleReporter
{
  public:
    void ReportRuns(const std::vector<Run> &runs) override
    {
        for (const Run &run : runs)
            if (run.run_type == Run::RT_Iteration)
                record(run);
    }

  private:
    static void record(const Run &run)
    {
        auto rate = run.counters.find("per_item");
        if (rate != run.counters.end())
            figures[run.run_name.function_name].push_back(rate->second.value * 1e9);
    }
};

benchmark::internal::Benchmark *add(const char *name, bench_fn fn, void *context)
{
    any_benchmark = true;
    return benchmark::RegisterBenchmark(name, [fn, context](benchmark::State &state) {
        bench_state shim = {&state, 1};
        fn(&shim, context);
        using benchmark::Counter;
        state.counters["per_item"] = Counter(static_cast<double>(shim.items),
                                             Counter::kIsIterationInvariantRate | Counter::kInvert);
    });
}

} // namespace

void bench_add(const char *name, bench_fn fn, void *context)
{
    add(name, fn, context);
}

void bench_add_once(const char *name, bench_fn fn, void *context)
{
    add(name, fn, context)->Iterations(1);
}

bool bench_next(bench_state *state)
{
    return state->state->KeepRunning();
}

void bench_set_items(bench_state *state, uint64_t items_per_iteration)
{
    state->items = items_per_iteration;
}

void bench_keep(uint64_t value)
{
    benchmark::DoNotOptimize(value);
}

static void print_medians()
{
    std::printf("%-48s %12s\n", "median of CPU time, or figure", "ns");
    for (const auto &figure : figures)
        std::printf("%-48s %12.5g\n", figure.first.c_str(), bench_ns(figure.first.c_str()));
}

void bench_figure(const char *name, double value)
{
    figures[name].push_back(value);
}

static bool write_figures(const std::string &path)
{
    std::FILE *file = std::fopen(path.c_str(), "w");
    if (!file)
        return false;
    for (const auto &figure : figures)
        std::fprintf(file, "%s\t%.6g\n", figure.first.c_str(), bench_ns(figure.first.c_str()));
    return std::fclose(file) == 0;
}

/* Takes "--figures=FILE" out of the words; empty without one. */
static std::string take_figures(std::vector<std::string> &words)
{
    static const char flag[] = "--figures=";
    std::string path;
    auto ours = [&path](const std::string &word) {
        if (word.rfind(flag, 0) != 0)
            return false;
        path = word.substr(std::strlen(flag));
        return true;
    };
    words.erase(std::remove_if(words.begin(), words.end(), ours), words.end());
    return path;
}

bool bench_brief(int argc, char **argv)
{
    return std::find(argv, argv + argc, std::string("--brief")) != argv + argc;
}

int bench_run(int argc, char **argv)
{
    std::vector<std::string> words(argv, argv + argc);
    const std::string path = take_figures(words);
    words.erase(std::remove(words.begin(), words.end(), "--brief"), words.end());
    const bool brief = bench_brief(argc, argv);
    words.insert(words.begin() + 1, {brief ? "--benchmark_repetitions=1" : "--benchmark_repetitions=5",
                                     brief ? "--benchmark_min_time=0.001" : "--benchmark_min_time=0.02",
                                     "--benchmark_enable_random_interleaving=true"});
    std::vector<char *> pointers;
    for (std::string &word : words)
        pointers.push_back(word.data());
    int count = static_cast<int>(pointers.size());
    benchmark::Initialize(&count, pointers.data());
    if (benchmark::ReportUnrecognizedArguments(count, pointers.data()))
        return 2;
    Recorder recorder;
    if (any_benchmark) // else the program has only measured figures of its own
        benchmark::RunSpecifiedBenchmarks(&recorder);
    print_medians();
    if (!path.empty() && !write_figures(path)) {
        std::perror(path.c_str());
        return 1;
    }
    return 0;
}

double bench_ns(const char *name)
{
    auto found = figures.find(name);
    if (found == figures.end() || found->second.empty())
        return -1;
    std::vector<double> &values = found->second;
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}
