// Beast's compiled half; see cmake/FleetmanDependencies.cmake.
#include <boost/beast/src.hpp>
