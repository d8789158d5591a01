"""What the NVML of the tests says of its cards: the lines that ``engine/nvml_stub.c`` reads."""

A100 = """
0 name NVIDIA A100-SXM4-80GB
0 uuid GPU-00000000-0000-0000-0000-000000000000
0 memory_total 85899345920
0 memory_used 77309411328
0 compute_capability 8.0
0 mig 0
0 ecc 1
0 power_limit 400000
0 pcie_generation 4
0 pcie_width 16
0 power 250000
0 sm_clock 1410
0 temperature 61
0 utilization 97
0 throttle 0x1
"""
T4 = """
1 name Tesla T4
1 memory_total 16106127360
1 memory_used 1073741824
1 compute_capability 7.5
1 power 70000
1 sm_clock 585
1 temperature 80
1 utilization 100
1 throttle 0x24
"""
BOTH = "driver 570.86.15\ncount 2" + A100 + T4
