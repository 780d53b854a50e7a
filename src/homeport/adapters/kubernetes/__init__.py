"""A thin Kubernetes client: kubeconfig files, requests, watches, logs, commands in pods and forwards.

It knows nothing of services. Its parts that speak HTTP import aiohttp, which takes 180 ms: whoever needs a cluster imports
``homeport.adapters.kubernetes.cluster`` at that moment.
"""
