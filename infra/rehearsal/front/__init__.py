"""What stands in front of moto: requests are read, checked, authorized, and answered by a model where moto lacks it.

It runs in moto's own process, so that it sees the policies, keys and buckets that moto holds. The program is written
for AWS; what moto gets wrong is put right here and nowhere else.
"""
