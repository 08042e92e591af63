"""Environment network (plan task 10): air, surface water and emission sources of the district.

For residents: the air and water near them in plain words. For the bureau's duty officers: alarms,
exceedances, silent stations and doubtful data, to be acknowledged and closed. For enterprises and
supervisors: outlets against their limits, transmission rates and monthly reports.
"""
