#include <fleetman/core/text.hpp>
#include <fleetman/model/resource_profile.hpp>

#include <limits>

namespace fleetman::model {
namespace {

constexpr std::uint64_t least_memory = std::uint64_t{5} << 20;
constexpr std::uint32_t least_millicores = 100;
constexpr std::uint32_t most_weight = 10'000;

struct unit_factor
{
    std::string_view unit;
    std::uint64_t factor;
};
constexpr unit_factor factors[] = {{"", 1}, {"k", 1'000}, {"m", 1'000'000}, {"g", 1'000'000'000}, {"ki", 1U << 10},
    {"mi", 1U << 20}, {"gi", 1U << 30}};

error bad_size(std::string_view text)
{
    return {errc::invalid,
        "must be a whole number with k, m, g (decimal) or ki, mi, gi (binary) and b, such as 512MiB; found " +
            in_quotes(text)};
}

result<std::uint32_t> millicores(std::string_view cpu)
{
    if (!cpu.empty() && cpu.back() == 'm')
        if (const auto number = parse_integer<std::uint32_t>(cpu.substr(0, cpu.size() - 1));
            number && *number >= least_millicores)
            return *number;
    return error(errc::invalid, "must be thousandths of a core, at least 100m, such as 500m; found " + in_quotes(cpu));
}

} // namespace

result<std::uint64_t> parse_byte_size(std::string_view text)
{
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    const std::optional<std::uint64_t> number = parse_integer<std::uint64_t>(text.substr(0, digits));
    std::string unit = lower_case(text.substr(digits));
    if (!unit.empty() && unit.back() == 'b')
        unit.pop_back();
    for (const unit_factor& known : factors)
        if (number && known.unit == unit) {
            if (*number > std::numeric_limits<std::uint64_t>::max() / known.factor)
                return error(errc::invalid, "is more than 2^64 bytes: " + in_quotes(text));
            return *number * known.factor;
        }
    return bad_size(text);
}

result<std::string> cpu_quota(std::string_view cpu)
{
    const result<std::uint32_t> thousandths = millicores(cpu);
    if (!thousandths)
        return thousandths.error();
    std::string percent = std::to_string(*thousandths / 10);
    if (*thousandths % 10 != 0)
        percent += '.' + std::to_string(*thousandths % 10);
    return percent + '%';
}

std::vector<field_error> violations(const resource_profile& value)
{
    std::vector<field_error> found;
    if (value.cpu)
        if (const auto cpu = millicores(*value.cpu); !cpu)
            found.push_back({"cpu", cpu.error().message()});
    if (value.memory) {
        const result<std::uint64_t> bytes = parse_byte_size(*value.memory);
        if (!bytes)
            found.push_back({"memory", bytes.error().message()});
        else if (*bytes < least_memory)
            found.push_back({"memory", "must be at least 5 MiB; found " + in_quotes(*value.memory)});
    }
    if (const auto swap = parse_byte_size(value.memory_swap); !swap)
        found.push_back({"memory_swap", swap.error().message()});
    if (value.io_weight < 1 || value.io_weight > most_weight)
        found.push_back({"io_weight", "must be from 1 to 10000; found " + std::to_string(value.io_weight)});
    return found;
}

result<std::string> unit_limits(const resource_profile& value)
{
    std::vector<field_error> found = violations(value);
    if (!found.empty()) {
        std::string message = "the resource profile is malformed: " + found.front().field + ' ' + found.front().message;
        return error::violations(std::move(message), std::move(found));
    }
    std::string lines;
    if (value.cpu)
        lines += "CPUQuota=" + cpu_quota(*value.cpu).value() + '\n';
    if (value.memory)
        lines += "MemoryMax=" + std::to_string(parse_byte_size(*value.memory).value()) + '\n';
    lines += "MemorySwapMax=" + std::to_string(parse_byte_size(value.memory_swap).value()) + '\n';
    lines += "IOWeight=" + std::to_string(value.io_weight) + '\n';
    return lines;
}

} // namespace fleetman::model
